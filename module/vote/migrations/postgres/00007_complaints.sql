-- +goose Up

-- Rules of complaints, as the log has them: the body of vote.complaints as JSON. result is the id of the statement of the
-- result, from whose entry the window runs; certified is 1 once the result is certified.
CREATE TABLE vote_complaint_rules (
    election  TEXT NOT NULL PRIMARY KEY REFERENCES vote_election (uuid),
    body      TEXT NOT NULL,
    result    TEXT,
    certified BIGINT NOT NULL DEFAULT 0
);

-- Complaints, by the id of the statement that tells of each; lodged is in Unix seconds. receipt is the keyed digest of what stands on the
-- complainant's receipt; words and complainant are sealed with their salts before them, both under one data key of the
-- complaint. person is whoever was signed in. ruling is the place of the ruling in its table.
CREATE TABLE vote_complaint (
    election        TEXT NOT NULL REFERENCES vote_complaint_rules (election),
    number          BIGINT NOT NULL,
    statement       TEXT NOT NULL UNIQUE,
    receipt         TEXT NOT NULL UNIQUE,
    acknowledgement BYTEA NOT NULL,
    lodged          BIGINT NOT NULL,
    words           TEXT NOT NULL,
    complainant     TEXT NOT NULL,
    person          BIGINT,
    ruling          BIGINT,
    PRIMARY KEY (election, number)
);

-- Rulings in their order, from 1: the body of vote.ruling as JSON.
CREATE TABLE vote_ruling (
    election TEXT NOT NULL REFERENCES vote_complaint_rules (election),
    place    BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (election, place)
);

-- Seats of the newest version of a result, where it is not the first: said is as in vote_rule.
CREATE TABLE vote_recount (
    election TEXT NOT NULL REFERENCES vote_complaint_rules (election),
    question BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    said     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (election, question)
);

-- +goose Down
DROP TABLE vote_recount;
DROP TABLE vote_ruling;
DROP TABLE vote_complaint;
DROP TABLE vote_complaint_rules;
