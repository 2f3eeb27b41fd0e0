"""The result of a study: one typed record, written, read and shown (検討結果)."""
