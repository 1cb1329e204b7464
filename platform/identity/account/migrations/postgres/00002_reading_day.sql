-- +goose Up

-- Days (2026-11-26, UTC) whose readings the log was told of, with the statement's id.
CREATE TABLE account_reading_day (
    day       TEXT NOT NULL PRIMARY KEY,
    statement TEXT NOT NULL
);

-- +goose Down
DROP TABLE account_reading_day;
