-- +goose Up

-- Elections whose ballots are taken with a one-time code only: where codes are sent
-- (sms, email), and the data key under which the voters' addresses are sealed.
CREATE TABLE vote_roll (
    election TEXT NOT NULL PRIMARY KEY REFERENCES vote_election (uuid),
    channel  TEXT NOT NULL,
    data_key TEXT NOT NULL
);

-- Their voters, by keyed digests of what stands on their letters. One row, of the
-- voter "", is nobody's: it is read where an unknown voter is named. contact is sealed.
-- credential is the keyed digest of the one that the voter voted with: a voter has one
-- credential, and a credential one voter.
CREATE TABLE vote_voter (
    election   TEXT NOT NULL REFERENCES vote_roll (election),
    voter      TEXT NOT NULL,
    contact    TEXT NOT NULL,
    credential TEXT,
    PRIMARY KEY (election, voter)
);
CREATE UNIQUE INDEX vote_voter_credential ON vote_voter (election, credential) WHERE credential IS NOT NULL;

-- Ballots that were verified, and wait for a code, by the hex SHA-256 of their tokens.
-- Times are Unix seconds. waits is 1 while a code is to be made and sent; code is a
-- keyed digest; tries are the wrong codes since it was made. issued is the time of the
-- promise, once the ballot is taken: it has moved to vote_ballot then. The row is
-- forgotten when it expires, and with it who cast when.
CREATE TABLE vote_cast (
    token        TEXT NOT NULL PRIMARY KEY,
    election     TEXT NOT NULL REFERENCES vote_roll (election),
    tracker      TEXT NOT NULL,
    credential   TEXT NOT NULL,
    ballot       BLOB,
    expires      INTEGER NOT NULL,
    voter        TEXT,
    asked        INTEGER,
    asks         INTEGER NOT NULL DEFAULT 0,
    waits        INTEGER NOT NULL DEFAULT 0,
    code         TEXT,
    code_expires INTEGER,
    tries        INTEGER NOT NULL DEFAULT 0,
    issued       INTEGER
);
CREATE INDEX vote_cast_waits ON vote_cast (asked) WHERE waits = 1;
CREATE INDEX vote_cast_expires ON vote_cast (expires);
CREATE INDEX vote_cast_credential ON vote_cast (election, credential);

-- How many codes were sent on a day (since 1970, UTC) for a subject, a keyed digest.
CREATE TABLE vote_sent (
    subject TEXT NOT NULL,
    day     INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (subject, day)
);

-- +goose Down
DROP TABLE vote_sent;
DROP TABLE vote_cast;
DROP TABLE vote_voter;
DROP TABLE vote_roll;
