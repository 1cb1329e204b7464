-- +goose Up

-- What opens the sealed values of statements that were made here: salt and value, sealed
-- under the data key of whom they tell of (platform/store/seal). decide_opening is where an
-- earlier version kept them in the clear: the next start empties it.
CREATE TABLE decide_sealed (
    statement TEXT NOT NULL,
    path      TEXT NOT NULL,
    opening   TEXT NOT NULL,
    PRIMARY KEY (statement, path)
);

-- +goose Down
DROP TABLE decide_sealed;
