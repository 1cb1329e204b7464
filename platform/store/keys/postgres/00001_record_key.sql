-- +goose Up

-- One key per record. Destroying the row makes the record's sealed fields
-- unreadable everywhere, in backups of the main database too.
CREATE TABLE record_key (
    id     TEXT PRIMARY KEY,
    secret BYTEA NOT NULL
);

-- +goose Down
DROP TABLE record_key;
