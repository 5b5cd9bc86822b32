// SPDX-License-Identifier: GPL-2.0-or-later
// Put at the end of a page of a sweep of failures: uses it as a person would and leaves what it
// saw, as JSON, in an attribute of the body.
'use strict';
{
    const all = (selector) => [...document.querySelectorAll(selector)];
    const ends = () => {
        const counts = {};
        for (const cell of all('#matrix td.end')) {
            const end = cell.classList[1];
            counts[end] = (counts[end] || 0) + 1;
        }
        return counts;
    };
    const columns = () => all('#matrix thead th').length - 1;
    const kernel = document.querySelector('#matrix select');
    const filter = document.getElementById('filter');
    const wrong = document.getElementById('wrong');
    const seen = {};
    seen.verdict = all('#verdict p').map((line) => line.textContent);
    seen.kernels = {};
    for (const option of kernel.options) {
        kernel.value = option.value;
        kernel.dispatchEvent(new Event('change'));
        seen.kernels[option.value] = ends();
    }
    seen.columns = columns();
    filter.value = 'over_one direct';
    filter.dispatchEvent(new Event('input'));
    seen.filtered = all('#matrix thead span').map((name) => name.textContent);
    filter.value = 'nothing is called that';
    filter.dispatchEvent(new Event('input'));
    seen.none = columns();
    filter.value = '';
    wrong.checked = true;
    wrong.dispatchEvent(new Event('change'));
    seen.wrong = columns();
    seen.findings = all('#findings article').map((finding) => finding.textContent);
    seen.themes = bothThemes();
    leave(seen);
}
