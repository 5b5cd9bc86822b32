# SPDX-License-Identifier: GPL-2.0-or-later
# What the presets ask of our own code; included after the dependencies, so never asked of theirs.
if(MMSIM_WARNINGS)
    add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)
endif()

if(MMSIM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(MMSIM_CCACHE_PROGRAM ccache)
    if(MMSIM_CCACHE_PROGRAM)
        # Without these ccache takes every file that uses a precompiled header for a new one.
        set(CMAKE_CXX_COMPILER_LAUNCHER
            ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
            ${MMSIM_CCACHE_PROGRAM})
    endif()
endif()
