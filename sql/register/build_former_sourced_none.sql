-- A previous snapshot from before there were corrections.
CREATE TEMP TABLE former_sourced (position INTEGER, title VARCHAR, email VARCHAR, mobile VARCHAR)
