-- +goose Up

-- Receivers, by ids drawn at random. url is sealed under the data key of the person whose
-- it is; events are words with spaces between. off says why nothing is sent; '' while it is
-- on. Times are Unix seconds.
CREATE TABLE webhook (
    id     TEXT NOT NULL PRIMARY KEY,
    person BIGINT NOT NULL,
    url    TEXT NOT NULL,
    events TEXT NOT NULL,
    off    TEXT NOT NULL DEFAULT '',
    made   BIGINT NOT NULL
);
CREATE INDEX webhook_person ON webhook (person);

-- Messages to receivers: waiting, delivered or failed. due is when the next attempt is,
-- fate what came of the last one, status what was answered.
CREATE TABLE webhook_delivery (
    hook   TEXT NOT NULL,
    id     TEXT NOT NULL,
    event  TEXT NOT NULL,
    body   TEXT NOT NULL,
    state  TEXT NOT NULL DEFAULT 'waiting',
    due    BIGINT NOT NULL,
    tries  BIGINT NOT NULL DEFAULT 0,
    fate   TEXT NOT NULL DEFAULT '',
    status BIGINT NOT NULL DEFAULT 0,
    made   BIGINT NOT NULL,
    PRIMARY KEY (hook, id)
);
CREATE INDEX webhook_due ON webhook_delivery (due) WHERE state = 'waiting';
CREATE INDEX webhook_made ON webhook_delivery (hook, made);

-- How far the log was read, and the checkpoint that was told last.
CREATE TABLE webhook_position (
    one          BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    next         BIGINT NOT NULL,
    checkpoint   BIGINT NOT NULL,
    checkpointed BIGINT NOT NULL
);

-- The key that signs messages, sealed.
CREATE TABLE webhook_key (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    seed TEXT NOT NULL
);

-- +goose Down
DROP TABLE webhook_key;
DROP TABLE webhook_position;
DROP TABLE webhook_delivery;
DROP TABLE webhook;
