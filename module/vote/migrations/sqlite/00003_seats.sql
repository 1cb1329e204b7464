-- +goose Up

-- By which rules votes become seats, as the set-up says: the rule as JSON, and the seed of public dice in hex where they
-- were thrown. said is 0 before the seats are said, 1 once they are said up to a tie, 2 once they are decided.
CREATE TABLE vote_rule (
    election TEXT NOT NULL REFERENCES vote_election (uuid),
    question INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    seed     TEXT,
    said     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (election, question)
);

-- +goose Down
DROP TABLE vote_rule;
