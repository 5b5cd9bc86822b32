// SPDX-License-Identifier: GPL-2.0-or-later
// Put at the end of a page under test: uses it as a person would and leaves what it saw, as JSON,
// in an attribute of the body.
'use strict';
{
    const run = document.querySelector('.run');
    const count = (selector) => run.querySelectorAll(selector).length;
    const slider = run.querySelector('input[type="range"]');
    const strip = run.querySelector('svg.space');
    const said = () => run.querySelector('.said').textContent;
    const seen = { rows: {}, errors: window.pageErrors };

    for (const id of ['boundaries', 'failures', 'leaks', 'diagnostics', 'divergences']) {
        seen.rows[id] = count(`#${id} tbody tr`);
    }
    seen.failedMarks = count('svg.timeline .failed');
    seen.vmas = count('svg.space .vma');
    seen.saidAtEnd = said();

    const cursor = () => run.querySelector('.cursor').getAttribute('x1');
    const cursorAtEnd = cursor();
    slider.value = 0;
    slider.dispatchEvent(new Event('input'));
    seen.saidAtStart = said();
    seen.cursorMoved = cursor() !== cursorAtEnd;

    const press = (key) =>
        strip.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    strip.focus();
    seen.focused = document.activeElement === strip;
    press('ArrowRight');
    seen.positionAfterRight = Number(slider.value);
    press('End');
    seen.positionAfterEnd = Number(slider.value);
    seen.positions = Number(slider.max);

    const widest = () =>
        Math.max(
            ...[...run.querySelectorAll('.vma')].map((vma) => Number(vma.getAttribute('width'))),
        );
    const before = widest();
    press('+');
    seen.zoomed = widest() > before;
    press('0');
    seen.unzoomed = widest() === before;

    const header = run.querySelector('#boundaries th');
    if (header) {
        const cells = () =>
            [...run.querySelectorAll('#boundaries tbody tr td:first-child')].map(
                (cell) => cell.textContent,
            );
        header.querySelector('button').click();
        const ascending = cells();
        header.querySelector('button').click();
        seen.sort = header.getAttribute('aria-sort');
        seen.sorted = cells().join() === ascending.reverse().join();
    }

    const ground = () => getComputedStyle(document.body).backgroundColor;
    const theme = document.getElementById('theme');
    theme.click();
    const light = ground();
    theme.click();
    seen.themes = [light, ground()];

    const list = run.querySelector('details');
    list.open = true;
    list.dispatchEvent(new Event('toggle'));
    seen.listed = count('details tbody tr');

    const mark = run.querySelector('.vma');
    seen.transition = mark ? getComputedStyle(mark).transitionDuration : '';
    seen.requests = performance.getEntriesByType('resource').length;
    seen.runs = document.querySelectorAll('.run').length;
    document.body.setAttribute('data-seen', JSON.stringify(seen));
}
