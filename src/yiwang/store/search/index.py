"""The index as the services use it: `build`, `update` in one thread at a time; `search` in any, also while it is updated."""

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Self

from yiwang.store.search.alphabet import Alphabet
from yiwang.store.search.content import NOTHING, changed
from yiwang.store.search.query import LONGEST_WORD, Word, split_query, split_scripts
from yiwang.store.search.records import Filters, Found, ServiceEvents, ServiceNames
from yiwang.store.search.searching import Attempt, Searching

MOST_ITEMS = 200  # a page
FARTHEST = 10_000  # items that pages reach

NO_FILTERS = Filters()


class SearchIndex:
    """Searches services and events. It is in memory, and made anew from the database when the program starts."""

    def __init__(self) -> None:
        self._alphabet = Alphabet()
        self._content = NOTHING
        self._writing = Lock()

    @classmethod
    def build(cls, services: Iterable[ServiceNames], schedules: Iterable[ServiceEvents]) -> Self:
        """Return an index of these."""
        index = cls()
        index.update(services, schedules)
        return index

    def update(
        self, services: Iterable[ServiceNames] = (), schedules: Iterable[ServiceEvents] = (), gone: Iterable[str] = ()
    ) -> None:
        """Put these in place of what the index has of the same services, and leave out those that are ``gone``.

        Hand over all that changed at once: the work depends little on how much it is. Events that do not last, and texts beyond
        500 characters (synopses: 2,000), are left out.
        """
        with self._writing:
            self._content = changed(self._content, self._alphabet, services, schedules, gone)

    def search(
        self,
        text: str,
        now_s: int,
        limit: int = 20,
        offset: int = 0,
        filters: Filters = NO_FILTERS,
        *,
        together: bool = False,
    ) -> Found:
        """Return a page of what is found for what a viewer typed.

        Services come before events; within them the better place of the text: whole, beginning, inside, pinyin,
        initials; within that what is on, what is next, what is over. Words with a mistake are looked for only where
        nothing else is found.

        Parameters
        ----------
        text : str        at most 64 characters, 6 words, count; all words are to be found
        now_s : int       seconds since 1970
        limit : int       at most 200 items
        offset : int      of the page's first; up to 10,000 items are reached
        together : bool   events of one programme, whatever its part, are one item with others (`together`)
        """
        limit = max(0, min(limit, MOST_ITEMS))
        offset = max(0, offset)
        limit = min(limit, max(0, FARTHEST - offset))
        content = self._content
        if not content.services.ids:
            return Found((), 0)
        searching = Searching(content, self._alphabet)
        answer = searching.answer_together if together else searching.answer
        for attempt in self._attempts(text):
            if searching.look(attempt) and (found := answer(now_s, limit, offset, filters)).total:
                return found
        return Found((), 0)

    def _attempts(self, text: str) -> Iterator[Attempt]:
        """Give the ways to understand a query, the most literal first."""
        typed = split_query(text)
        if not typed:
            return

        def word(text: str) -> Word:
            return Word.of(text, self._alphabet)

        whole = word("".join(typed)[:LONGEST_WORD])
        words = [word(one) for one in typed] if len(typed) > 1 else []
        yield Attempt(whole, words, 0)
        if not words and len(runs := split_scripts(typed[0])) > 1:
            words = [word(run) for run in runs]
            yield Attempt(whole, words, 0)
        if any(one.may_be_mistaken for one in words or [whole]):
            for errors in (1, 2):
                yield Attempt(whole, words, errors)
