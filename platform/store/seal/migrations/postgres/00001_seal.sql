-- +goose Up

-- The key store that opens what is sealed in this database. One row at most. scrub is 1
-- where values of an earlier version were sealed, until nothing is left of them in the files.
CREATE TABLE seal_store (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    name  TEXT NOT NULL,
    scrub INTEGER NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE seal_store;
