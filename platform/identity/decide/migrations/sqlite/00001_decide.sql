-- +goose Up

-- What was proposed, as the statement's text, by its id. Times are Unix seconds. state is open, entered, refused,
-- withdrawn, expired, or failed: it was complete, and the log did not take it. settled and settler tell when it left
-- the state open, and by whom. turn is raised by every act, so that two acts at once are put in order.
CREATE TABLE decide_proposal (
    id        TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    statement BLOB NOT NULL,
    proposer  INTEGER NOT NULL,
    scope     TEXT NOT NULL,
    proposed  INTEGER NOT NULL,
    starts    INTEGER NOT NULL,
    ends      INTEGER NOT NULL,
    state     TEXT NOT NULL DEFAULT 'open',
    settled   INTEGER,
    settler   INTEGER,
    reason_ar TEXT NOT NULL DEFAULT '',
    reason_en TEXT NOT NULL DEFAULT '',
    published INTEGER NOT NULL DEFAULT 0,
    turn      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX decide_proposal_state ON decide_proposal (state, proposed);

-- The attachments that its body names.
CREATE TABLE decide_attachment (
    proposal TEXT NOT NULL REFERENCES decide_proposal (id),
    position INTEGER NOT NULL,
    content  BLOB NOT NULL,
    PRIMARY KEY (proposal, position)
);

-- Good signatures on it, as they stand in a signed note behind the key's id. person is NULL for an offline key.
CREATE TABLE decide_signature (
    proposal  TEXT NOT NULL REFERENCES decide_proposal (id),
    key_name  TEXT NOT NULL,
    person    INTEGER,
    signature BLOB NOT NULL,
    signed    INTEGER NOT NULL,
    PRIMARY KEY (proposal, key_name),
    UNIQUE (proposal, person)
);

-- Whose deciding passkeys are which: those of the log, and those that wait to be proposed. credential is the
-- authenticator's id of it, where it was made here.
CREATE TABLE decide_key (
    name       TEXT NOT NULL PRIMARY KEY,
    person     INTEGER NOT NULL,
    public     TEXT NOT NULL UNIQUE,
    credential BLOB,
    software   INTEGER NOT NULL DEFAULT 0,
    made       INTEGER NOT NULL
);

-- The ways into the signing host, by the SHA-256 of what stands in the link: for one person and one purpose, once.
CREATE TABLE decide_link (
    hash      TEXT NOT NULL PRIMARY KEY,
    person    INTEGER NOT NULL,
    proposal  TEXT,
    challenge BLOB,
    expires   INTEGER NOT NULL,
    used      INTEGER NOT NULL DEFAULT 0
);

-- What opens the sealed values of statements that were made here.
CREATE TABLE decide_opening (
    statement TEXT NOT NULL,
    path      TEXT NOT NULL,
    salt      BLOB NOT NULL,
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
