CREATE TEMP TABLE first_name_fold AS SELECT text, hash(fold) AS first FROM folded WHERE fold IS NOT NULL
