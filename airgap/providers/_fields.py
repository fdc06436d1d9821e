"""Short names for the fields of a plugin's table, one for each shape."""

from functools import partial
from typing import Final

from airgap.providers._schema import Field, Kind

text: Final = partial(Field, kind=Kind.TEXT)
flag: Final = partial(Field, kind=Kind.FLAG)
whole: Final = partial(Field, kind=Kind.WHOLE)
number: Final = partial(Field, kind=Kind.NUMBER)
texts: Final = partial(Field, kind=Kind.TEXTS)
text_set: Final = partial(Field, kind=Kind.TEXT_SET)
text_map: Final = partial(Field, kind=Kind.TEXT_MAP)
record: Final = partial(Field, kind=Kind.RECORD)
records: Final = partial(Field, kind=Kind.RECORDS)
record_set: Final = partial(Field, kind=Kind.RECORD_SET)
