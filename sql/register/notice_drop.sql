-- Before anything of them is written: a row that is inserted and deleted leaves its text in the file.
DELETE FROM seat WHERE person IN (SELECT person FROM notice_untold)
