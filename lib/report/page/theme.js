// SPDX-License-Identifier: GPL-2.0-or-later
// Light, dark, or as the system has it.

function setUpTheme() {
    const button = document.getElementById('theme');
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const modes = ['automatic', 'light', 'dark'];
    let mode = 0;
    const apply = () => {
        const theme = mode === 0 ? (dark.matches ? 'dark' : 'light') : modes[mode];
        document.documentElement.dataset.theme = theme;
        button.textContent = 'Theme: ' + modes[mode];
    };
    button.addEventListener('click', () => {
        mode = (mode + 1) % modes.length;
        apply();
    });
    dark.addEventListener('change', apply);
    apply();
}
