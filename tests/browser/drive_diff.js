// SPDX-License-Identifier: GPL-2.0-or-later
// Put at the end of a page of a comparison: uses it as a person would and leaves what it saw, as
// JSON, in an attribute of the body.
'use strict';
{
    const all = (selector) => [...document.querySelectorAll(selector)];
    const strips = all('svg.space');
    const shown = () => ({
        vmas: strips.map((strip) => strip.querySelectorAll('.vma').length),
        hatched: strips.map((strip) => strip.querySelectorAll('.differs').length),
    });
    const press = (key) => pressOn(strips[0], key);
    const seen = {};
    seen.verdict = all('#verdict p').map((line) => line.textContent);
    seen.calls = all('[data-list="calls"] tbody tr').length;
    seen.numbers = all('[data-list="numbers"] tbody tr').length;
    seen.layouts = all('[data-list="layout"]').length;
    seen.layoutRows = all('[data-list="layout"] tbody tr:not(.gap)').length;
    seen.sides = strips.length;
    seen.charts = all('svg.timeline').length;
    seen.firstList = all('section[data-list]')[0].getAttribute('data-list');

    seen.atEnd = shown();
    press('Home');
    seen.atStart = shown();
    press('ArrowRight');
    seen.afterOne = shown();

    const marks = all('svg.timeline .parts');
    seen.partingMarks = marks.length;
    const go = document.querySelector('.go');
    if (go) {
        go.click();
        seen.atParting = shown();
        seen.cursorsAtParting = all('svg.timeline').every(
            (chart) =>
                chart.querySelector('.cursor').getAttribute('x1') ===
                chart.querySelector('.parts').getAttribute('x1'),
        );
    }
    press('End');

    const widths = () =>
        strips.map((strip) => Number(strip.querySelector('.vma')?.getAttribute('width')));
    const before = widths();
    press('+');
    seen.zoomedTogether = widths().every((width, i) => width === 2 * before[i]);
    press('0');

    seen.themes = bothThemes();
    leave(seen);
}
