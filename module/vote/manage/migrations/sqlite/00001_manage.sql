-- +goose Up

-- Outlines of elections, as people wrote them, in all versions from 1: the file's text, who wrote it, and
-- when, in Unix seconds. person is NULL where somebody without an account did.
CREATE TABLE manage_outline (
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    person  INTEGER,
    name    TEXT NOT NULL,
    written INTEGER NOT NULL,
    PRIMARY KEY (id, version)
);

-- The drafts that were made of a version of an outline: a plan's elections as JSON.
CREATE TABLE manage_draft (
    outline TEXT NOT NULL,
    version INTEGER NOT NULL,
    planned BLOB NOT NULL,
    made    INTEGER NOT NULL,
    PRIMARY KEY (outline, version)
);

-- Pictures of candidates, by the hex SHA-256 of their JPEG file.
CREATE TABLE manage_photo (
    hash    TEXT NOT NULL PRIMARY KEY,
    content BLOB NOT NULL
);

-- +goose Down
DROP TABLE manage_photo;
DROP TABLE manage_draft;
DROP TABLE manage_outline;
