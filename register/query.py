"""Reading a published register: counts, facets, the pool of a cut, and finding people for a ban.

Nothing here returns a name or an address: only ids and counts. Contact data leave through ``extracts.gate`` alone.
"""

from __future__ import annotations

from register.explain import explain as explain
from register.facets import facets as facets
from register.finding import (
    find_organisations as find_organisations,
    find_persons as find_persons,
    organisations_with_phone as organisations_with_phone,
    person_of as person_of,
    tokens_of as tokens_of,
)
from register.opened import Register as Register, open_register as open_register
from register.select import (
    FATES as FATES,
    Exclusion as Exclusion,
    HotRows as HotRows,
    Selector as Selector,
    Statement as Statement,
    deliverable_rows as deliverable_rows,
    pool as pool,
    pool_size as pool_size,
    select as select,
    standing as standing,
    withheld_share as withheld_share,
)
