-- +goose Up

-- Statements that wait are found by outbox_waiting alone: an index of their
-- missing sequences would mislead the planner, and cost an insert and a delete for each.
DROP INDEX outbox_sequence;
CREATE UNIQUE INDEX outbox_sequence ON outbox (sequence) WHERE sequence IS NOT NULL;

-- +goose Down
DROP INDEX outbox_sequence;
CREATE UNIQUE INDEX outbox_sequence ON outbox (sequence);
