-- The leaked units by their number, with the cells seen beside them.
SELECT leaked, unit, cells FROM leaked ORDER BY leaked
