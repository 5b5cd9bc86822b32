// SPDX-License-Identifier: GPL-2.0-or-later
// Elements, numbers and words. Text always goes in as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
        else if (value !== undefined && value !== false) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
}
const el = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

const number = (value) => Number(value).toLocaleString('en-US');

// A number of pages as an address or a size.
const address = (page) => '0x' + (BigInt(page) * 4096n).toString(16);
function size(pages) {
    const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let value = pages * 4;
    let unit = 0;
    while (value >= 1024 && unit + 1 < units.length) {
        value /= 1024;
        unit += 1;
    }
    return (unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + ' ' + units[unit];
}
const bytes = (value) => (value < 0 ? '-' : '') + size(Math.abs(value) / 4096);

function choice(label, options, onChoice) {
    return el(
        'label',
        {},
        label + ' ',
        el(
            'select',
            { onchange: (e) => onChoice(e.target.value) },
            ...options.map(([value, words]) => el('option', { value }, words)),
        ),
    );
}
