// SPDX-License-Identifier: GPL-2.0-or-later
// Put at the end of a page with a long table: uses it as a person would and leaves what it saw, as
// JSON, in an attribute of the body.
'use strict';
{
    const list = document.querySelector('[data-list="boundaries"]');
    const rows = () => [...list.querySelectorAll('tbody tr')];
    const first = () => rows()[0].querySelector('td').textContent;
    const seen = { rowsAtFirst: rows().length, firstAtFirst: first() };
    const address = list.querySelector('th button');
    address.click();
    address.click();
    seen.firstDescending = first();
    seen.rowsSorted = rows().length;
    list.querySelector('button.all').click();
    seen.rowsAfter = rows().length;
    seen.buttonStays = list.querySelector('button.all') !== null;
    leave(seen);
}
