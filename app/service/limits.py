"""How long what people write may be, in characters: the page says so, the services enforce it."""

TITLE = 300
LINK = 2000
NAME = 100
EMAIL = 254
COMMENT = 10_000
