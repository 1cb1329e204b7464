-- +goose Up

-- Times are Unix seconds.

-- The bodies of the mission, by a short code.
CREATE TABLE account_organisation (
    code    TEXT NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    name_ar TEXT NOT NULL,
    name_en TEXT NOT NULL
);

-- People. handle is what their authenticators know them by: random, so that it
-- tells nothing. A person whose account has ended stays, since the log names them.
CREATE TABLE account_person (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation TEXT    NOT NULL REFERENCES account_organisation (code),
    name         TEXT    NOT NULL,
    address      TEXT    NOT NULL UNIQUE,
    handle       BLOB    NOT NULL UNIQUE,
    created      INTEGER NOT NULL,
    ended        INTEGER
);
CREATE INDEX account_person_organisation ON account_person (organisation, id);

-- Passkeys for signing in, by credential id. record is the library's own (JSON).
CREATE TABLE account_passkey (
    id      BLOB    NOT NULL PRIMARY KEY,
    person  INTEGER NOT NULL REFERENCES account_person (id),
    label   TEXT    NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER,
    record  TEXT    NOT NULL
);
CREATE INDEX account_passkey_person ON account_passkey (person);

-- Invitations, by the SHA-256 of their secret. invited_by is NULL where it was
-- made on the server's machine.
CREATE TABLE account_invitation (
    secret     BLOB    NOT NULL PRIMARY KEY,
    person     INTEGER NOT NULL REFERENCES account_person (id),
    invited_by INTEGER REFERENCES account_person (id),
    made       INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    used       INTEGER
);
CREATE INDEX account_invitation_person ON account_invitation (person);

-- The fallback for signing in: the secret of the person's code generator, with the
-- last time step (RFC 6238) whose code was taken; not confirmed until a first code was right.
CREATE TABLE account_generator (
    person    INTEGER NOT NULL PRIMARY KEY REFERENCES account_person (id),
    secret    BLOB    NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0,
    step      INTEGER NOT NULL DEFAULT 0
);

-- Recovery codes, by their SHA-256. failures counts wrong codes of the generator
-- that came with this one.
CREATE TABLE account_recovery (
    hash     BLOB    NOT NULL PRIMARY KEY,
    person   INTEGER NOT NULL REFERENCES account_person (id),
    failures INTEGER NOT NULL DEFAULT 0,
    used     INTEGER
);
CREATE INDEX account_recovery_person ON account_recovery (person);

-- Challenges that were answered, by their SHA-256, until they would have expired.
CREATE TABLE account_answered (
    challenge BLOB    NOT NULL PRIMARY KEY,
    expires   INTEGER NOT NULL
);

-- Who signed in, when and how; what the session cookie leads to.
CREATE TABLE account_signin (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    person  INTEGER NOT NULL REFERENCES account_person (id),
    means   TEXT    NOT NULL,
    agent   TEXT    NOT NULL,
    started INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    ended   INTEGER
);
CREATE INDEX account_signin_person ON account_signin (person, id);

-- Sessions, by the hash of the cookie's token.
CREATE TABLE account_session (
    token   TEXT    NOT NULL PRIMARY KEY,
    data    BLOB    NOT NULL,
    expires INTEGER NOT NULL
);

-- Roles that people hold. statement is the decision's, NULL for those given on the
-- server's machine when it was installed.
CREATE TABLE account_grant (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person       INTEGER NOT NULL REFERENCES account_person (id),
    role         TEXT    NOT NULL,
    district     TEXT    NOT NULL,
    centre       TEXT    NOT NULL,
    election     TEXT    NOT NULL,
    organisation TEXT    NOT NULL,
    statement    TEXT UNIQUE,
    granted      INTEGER NOT NULL,
    revoked_by   TEXT,
    revoked      INTEGER
);
CREATE INDEX account_grant_person ON account_grant (person);

-- The register of who read personal data. nonce keeps a day's digest from telling
-- its rows to whoever guesses them. Rows are never changed.
CREATE TABLE account_reading (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    at                   INTEGER NOT NULL,
    reader               INTEGER NOT NULL,
    reader_organisation  TEXT    NOT NULL,
    subject              TEXT    NOT NULL,
    subject_organisation TEXT    NOT NULL,
    allowed_by           TEXT    NOT NULL,
    why                  TEXT    NOT NULL,
    nonce                BLOB    NOT NULL
);
CREATE INDEX account_reading_at ON account_reading (at, id);
CREATE INDEX account_reading_reader ON account_reading (reader_organisation, id);
CREATE INDEX account_reading_subject ON account_reading (subject_organisation, id);

-- +goose Down
DROP TABLE account_reading;
DROP TABLE account_grant;
DROP TABLE account_session;
DROP TABLE account_signin;
DROP TABLE account_answered;
DROP TABLE account_recovery;
DROP TABLE account_generator;
DROP TABLE account_invitation;
DROP TABLE account_passkey;
DROP TABLE account_person;
DROP TABLE account_organisation;
