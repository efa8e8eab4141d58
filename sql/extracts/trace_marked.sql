-- The pools with the symbol read from the suspect for each mark: 0 or 1, -1 when it was erased, null when it is unknown.
-- A linked channel ($linked, from 0) is one bit per company and extract, however many rows show it: the first of the
-- company's leaked units bears it, the others read as unknown, and contradicting rows erase it. Which unit bears it, and
-- what was seen, depends on the leak and on who was delivered, never on the extract's own symbol.
CREATE OR REPLACE TEMP TABLE marked AS
WITH company_cell AS (
    SELECT extract, company, list(DISTINCT cell) AS cells
    FROM (SELECT extract, company, unnest(cells) AS cell FROM pool JOIN leaked USING (leaked) WHERE len($linked) > 0)
    GROUP BY extract, company
),
reading AS (
    SELECT pool.extract, pool.leaked, number, hot, pool.company, marks,
           list_transform(marks, lambda mark, channel: CASE WHEN mark.zero IS NOT NULL THEN CASE
               WHEN list_contains(if(list_contains($linked, channel - 1), company_cell.cells, leaked.cells), mark.zero)
                   THEN if(list_contains(if(list_contains($linked, channel - 1), company_cell.cells, leaked.cells), mark.one), -1, 0)
               WHEN list_contains(if(list_contains($linked, channel - 1), company_cell.cells, leaked.cells), mark.one) THEN 1
               WHEN list_contains(if(list_contains($linked, channel - 1), company_cell.cells, leaked.cells), mark.canonical) THEN -1
           END END) AS seen
    FROM pool JOIN leaked USING (leaked)
    LEFT JOIN company_cell ON company_cell.extract = pool.extract AND company_cell.company = pool.company
),
asked AS (
    SELECT unnest($linked::INTEGER[]) AS channel
),
shown AS (
    SELECT extract, company, leaked, channel, seen[channel + 1] AS seen FROM reading CROSS JOIN asked
    WHERE number IS NOT NULL
),
linked AS (
    SELECT extract, channel, min(leaked) AS leaked,
           CASE WHEN bool_or(seen = 0) THEN if(bool_or(seen = 1), -1, 0) WHEN bool_or(seen = 1) THEN 1 ELSE -1 END AS seen
    FROM shown WHERE seen IS NOT NULL
    GROUP BY extract, channel, company
),
borne AS (
    SELECT extract, leaked, map_from_entries(list((channel, seen))) AS seen FROM linked GROUP BY extract, leaked
)
SELECT extract, leaked, number, hot, company,
       list_transform(list_zip(marks, reading.seen), lambda mark, channel: struct_pack(
           symbol := mark[1].symbol, p := mark[1].p, own := mark[1].own,
           seen := if(list_contains($linked, channel - 1), borne.seen[channel - 1], mark[2]))) AS marks
FROM reading LEFT JOIN borne USING (extract, leaked)
