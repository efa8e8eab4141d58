INSERT INTO load SELECT load, source, obtained_on FROM live_load ORDER BY load
