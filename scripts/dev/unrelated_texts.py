"""Texts that fit no picture: some to learn from, some to be judged by."""

UNRELATED = (
    "parallel compiler optimisation for vector machines",
    "the history of the Roman senate",
    "quarterly interest rates and inflation",
    "a recipe for lentil soup with cumin",
    "symptoms of a viral infection in children",
    "the orbit of Jupiter's moons",
    "a contract between landlord and tenant",
    "how to file a patent application",
    "the melting point of aluminium alloys",
    "a football match that ended in a draw",
    "migration of birds across the Sahara",
    "error handling in distributed databases",
    "a sonnet about unrequited love",
    "vaccination schedules for travellers",
    "the causes of the first world war",
    "noise reduction in radio receivers",
    "tax deductions for small companies",
    "photosynthesis in deep water algae",
    "how neural networks are trained",
    "a speech about climate policy",
    "the grammar of ancient Greek verbs",
    "measuring blood pressure at home",
    "earthquakes along the San Andreas fault",
    "cloud storage pricing and redundancy",
    "diplomatic relations between two states",
    "the tempo markings of a symphony",
    "crop rotation and soil nitrogen",
    "statistical tests for small samples",
    "a railway timetable for the weekend",
    "the philosophy of language",
    "ionospheric scattering of radio waves",
    "an argument about free will",
)


UNSEEN_UNRELATED = (
    "garbage collection in functional languages",
    "the price of crude oil in autumn",
    "a treaty on fishing rights",
    "how kidneys filter blood",
    "prime numbers and their distribution",
    "a train strike in the capital",
    "the life of a medieval monk",
    "noise in semiconductor amplifiers",
)
"""Texts no step of the training saw."""
