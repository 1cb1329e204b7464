-- +goose Up

-- Rehearsals of a version of an outline: with how many test voters, and when it began, in Unix seconds.
-- What came out of one is a folder of its id.
CREATE TABLE manage_rehearsal (
    id      TEXT NOT NULL PRIMARY KEY,
    outline TEXT NOT NULL,
    version INTEGER NOT NULL,
    voters  INTEGER NOT NULL,
    begun   INTEGER NOT NULL
);

-- +goose Down
DROP TABLE manage_rehearsal;
