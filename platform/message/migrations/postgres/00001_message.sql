-- +goose Up

-- Messages, by ids drawn at random. sealed is what is sent, and to whom: '' once it is
-- sent, refused or no longer needed. Times are Unix seconds; due is when it is tried
-- next, until when nobody needs it any more. state is waiting, sent, delivered, failed or late.
CREATE TABLE message (
    id     TEXT NOT NULL PRIMARY KEY,
    state  TEXT NOT NULL,
    sealed TEXT NOT NULL,
    due    BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    tries  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX message_due ON message (due) WHERE state = 'waiting';
CREATE INDEX message_until ON message (until);

-- The data key under which messages are sealed.
CREATE TABLE message_key (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    data_key TEXT NOT NULL
);

-- +goose Down
DROP TABLE message_key;
DROP TABLE message;
