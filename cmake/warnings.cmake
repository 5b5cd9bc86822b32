# SPDX-License-Identifier: GPL-2.0-or-later
# What the presets ask of our own code; included after the dependencies, so never asked of theirs.
if(MMSIM_WARNINGS)
    add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # These guess from data flow: each GCC, and each sanitizer, guesses something else.
        add_compile_options(
            -Wno-error=maybe-uninitialized -Wno-error=array-bounds -Wno-error=stringop-overflow
            -Wno-error=stringop-overread -Wno-error=restrict -Wno-dangling-reference)
        # In a unity build no .cpp is the main file, and every unnamed namespace looks suspicious.
        add_compile_options(-Wno-subobject-linkage)
    endif()
endif()

if(MMSIM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(MMSIM_CCACHE_PROGRAM ccache)
    if(MMSIM_CCACHE_PROGRAM)
        # Without these ccache takes every file that uses a precompiled header for a new one.
        set(sloppiness pch_defines time_macros include_file_mtime include_file_ctime)
        list(JOIN sloppiness "," sloppiness)
        set(CMAKE_CXX_COMPILER_LAUNCHER
            ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=${sloppiness} ${MMSIM_CCACHE_PROGRAM})
    endif()
endif()
