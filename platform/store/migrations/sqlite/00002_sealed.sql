-- +goose Up

-- Fields of which the log holds only a salted commitment. salt and value are
-- encrypted under the key of their record, which lies in the key store.
CREATE TABLE sealed_field (
    statement_id TEXT NOT NULL,
    field        TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    salt         BLOB NOT NULL,
    value        BLOB NOT NULL,
    PRIMARY KEY (statement_id, field)
);
CREATE INDEX sealed_field_key ON sealed_field (key_id);

-- +goose Down
DROP TABLE sealed_field;
