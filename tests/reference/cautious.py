"""A subclass that takes a table of agents' place: labs that offer less of their money."""

from abm.agents.labs import Labs


class CautiousLabs(Labs):
    """Labs that offer four fifths of the money."""

    def offer_money(self, fear):
        return 0.8 * super().offer_money(fear)
