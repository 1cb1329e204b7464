-- +goose Up

-- How many trustees shuffle the answers to ranked questions, as the set-up promises.
ALTER TABLE vote_election ADD COLUMN shuffles BIGINT NOT NULL DEFAULT 0;

-- The shuffles in their order, from 1, by the hashes of their records.
CREATE TABLE vote_shuffle (
    election TEXT NOT NULL REFERENCES vote_election (uuid),
    position BIGINT NOT NULL,
    trustee  BIGINT NOT NULL,
    shuffle  TEXT NOT NULL,
    PRIMARY KEY (election, position),
    UNIQUE (election, trustee)
);

-- +goose Down
DROP TABLE vote_shuffle;
ALTER TABLE vote_election DROP COLUMN shuffles;
