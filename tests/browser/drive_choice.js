// SPDX-License-Identifier: GPL-2.0-or-later
// Put at the end of a page of several reports: looks at each of them and leaves what it saw, as
// JSON, in an attribute of the body.
'use strict';
{
    const choice = document.querySelector('header select');
    const seen = { choices: [...choice.options].map((option) => option.textContent), shown: [] };
    for (const option of choice.options) {
        choice.value = option.value;
        choice.dispatchEvent(new Event('change'));
        seen.shown.push({
            verdict: document.getElementById('verdict').textContent,
            strips: document.querySelectorAll('svg.space').length,
            vmas: document.querySelector('svg.space').querySelectorAll('.vma').length,
        });
    }
    leave(seen);
}
