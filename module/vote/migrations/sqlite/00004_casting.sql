-- +goose Up

-- The set-up's title as JSON, {"ar":…,"en":…}; empty members in elections set up before.
ALTER TABLE vote_election ADD COLUMN title TEXT NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE vote_election DROP COLUMN title;
