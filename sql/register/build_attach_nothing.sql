-- The first publish: a previous snapshot with the same tables and nothing in them.
ATTACH ':memory:' AS previous
