"""A simulated B2B market: companies, people, what they do, and what should come of it. Pure and seeded.

`SampleMarket` is what `intent up` plays: a history and an endless live part. `Season` is a whole market over
many days with its ground truth, for judging precision and recall. Both tell the same stories (stories.py,
bad_leads.py).
"""

from streams.market.record import Raw
from streams.market.sample import SampleMarket
from streams.market.season import Season
from streams.market.truth import Truth

__all__ = ["Raw", "SampleMarket", "Season", "Truth"]
