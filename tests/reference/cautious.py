"""A subclass that takes an agent type's place: labs that offer less of their money."""

from abm.agents.lab import Lab


class CautiousLab(Lab):
    """A lab that offers four fifths of the money."""

    @classmethod
    def offer_money(cls, labs, fear, p):
        return 0.8 * super().offer_money(labs, fear, p)
