-- +goose Up

-- What was proposed, as the statement's text, by its id. Times are Unix seconds. state is open, entered, refused,
-- withdrawn, expired, or failed: it was complete, and the log did not take it. settled and settler tell when it left
-- the state open, and by whom. turn is raised by every act, so that two acts at once are put in order.
CREATE TABLE decide_proposal (
    id        TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    statement BYTEA NOT NULL,
    proposer  BIGINT NOT NULL,
    scope     TEXT NOT NULL,
    proposed  BIGINT NOT NULL,
    starts    BIGINT NOT NULL,
    ends      BIGINT NOT NULL,
    state     TEXT NOT NULL DEFAULT 'open',
    settled   BIGINT,
    settler   BIGINT,
    reason_ar TEXT NOT NULL DEFAULT '',
    reason_en TEXT NOT NULL DEFAULT '',
    published BIGINT NOT NULL DEFAULT 0,
    turn      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX decide_proposal_state ON decide_proposal (state, proposed);

-- The attachments that its body names.
CREATE TABLE decide_attachment (
    proposal TEXT NOT NULL REFERENCES decide_proposal (id),
    position BIGINT NOT NULL,
    content  BYTEA NOT NULL,
    PRIMARY KEY (proposal, position)
);

-- Good signatures on it, as they stand in a signed note behind the key's id. person is NULL for an offline key.
CREATE TABLE decide_signature (
    proposal  TEXT NOT NULL REFERENCES decide_proposal (id),
    key_name  TEXT NOT NULL,
    person    BIGINT,
    signature BYTEA NOT NULL,
    signed    BIGINT NOT NULL,
    PRIMARY KEY (proposal, key_name),
    UNIQUE (proposal, person)
);

-- Whose deciding passkeys are which: those of the log, and those that wait to be proposed. credential is the
-- authenticator's id of it, where it was made here.
CREATE TABLE decide_key (
    name       TEXT NOT NULL PRIMARY KEY,
    person     BIGINT NOT NULL,
    public     TEXT NOT NULL UNIQUE,
    credential BYTEA,
    software   BIGINT NOT NULL DEFAULT 0,
    made       BIGINT NOT NULL
);

-- The ways into the signing host, by the SHA-256 of what stands in the link: for one person and one purpose, once.
CREATE TABLE decide_link (
    hash      TEXT NOT NULL PRIMARY KEY,
    person    BIGINT NOT NULL,
    proposal  TEXT,
    challenge BYTEA,
    expires   BIGINT NOT NULL,
    used      BIGINT NOT NULL DEFAULT 0
);

-- What opens the sealed values of statements that were made here.
CREATE TABLE decide_opening (
    statement TEXT NOT NULL,
    path      TEXT NOT NULL,
    salt      BYTEA NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (statement, path)
);

-- +goose Down
DROP TABLE decide_opening;
DROP TABLE decide_link;
DROP TABLE decide_key;
DROP TABLE decide_signature;
DROP TABLE decide_attachment;
DROP TABLE decide_proposal;
