-- +goose Up

-- Names, addresses, labels of passkeys and generators' secrets are sealed under the person's
-- data key, seal_key (platform/store/seal). It is NULL where an earlier version left them as
-- they were, until the next start. An address is found by its digest. erased (Unix seconds)
-- is when the key was given up.
ALTER TABLE account_person RENAME COLUMN address TO address_digest;
ALTER TABLE account_person ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE account_person ADD COLUMN seal_key TEXT;
ALTER TABLE account_person ADD COLUMN erased INTEGER;
CREATE INDEX account_person_clear ON account_person (id) WHERE seal_key IS NULL;
CREATE INDEX account_person_erased ON account_person (id) WHERE erased IS NOT NULL;

-- +goose Down
DROP INDEX account_person_erased;
DROP INDEX account_person_clear;
ALTER TABLE account_person DROP COLUMN erased;
ALTER TABLE account_person DROP COLUMN seal_key;
ALTER TABLE account_person DROP COLUMN address;
ALTER TABLE account_person RENAME COLUMN address_digest TO address;
