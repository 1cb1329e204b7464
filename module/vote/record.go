package vote

import (
	"context"
	"fmt"
	"slices"

	"bayyina/platform/store"
)

// recordPiece is how many bytes of a record stand in one row.
const recordPiece = 1 << 20

// putRecord keeps a record, once, under its hex SHA-256.
func putRecord(ctx context.Context, tx *store.Tx, content []byte) error {
	hash := AttachmentOf(content).SHA256
	piece := 0
	for part := range slices.Chunk(content, recordPiece) {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_record (hash, piece, content) VALUES (?1, ?2, ?3) ON CONFLICT (hash, piece) DO NOTHING`,
			hash, piece, part); err != nil {
			return fmt.Errorf("keep record %s: %w", hash, err)
		}
		piece++
	}
	return nil
}

// getRecord returns the record with a hash.
func getRecord(ctx context.Context, tx *store.Tx, hash string) ([]byte, error) {
	rows, err := tx.Query(ctx, `SELECT content FROM vote_record WHERE hash = ?1 ORDER BY piece`, hash)
	if err != nil {
		return nil, fmt.Errorf("read record %s: %w", hash, err)
	}
	defer rows.Close()
	var content []byte
	for rows.Next() {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return nil, fmt.Errorf("read record %s: %w", hash, err)
		}
		content = append(content, part...)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read record %s: %w", hash, err)
	}
	if AttachmentOf(content).SHA256 != hash {
		return nil, fmt.Errorf("read record %s: the database has something else", hash)
	}
	return content, nil
}
