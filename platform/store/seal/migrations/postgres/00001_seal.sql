-- +goose Up

-- The key store that opens what is sealed in this database. One row at most.
CREATE TABLE seal_store (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
);

-- +goose Down
DROP TABLE seal_store;
