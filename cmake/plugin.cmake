# SPDX-License-Identifier: GPL-2.0-or-later
# mmsim_plugin(SOURCE [AS NAME] [OPTIONS...]): compiles a plug-in as its author would, to
# ${MMSIM_PLUGINS}/NAME.so, NAME being that of the source where it is not said. Targets that need
# them depend on ${MMSIM_BUILT_PLUGINS}.
find_program(MMSIM_CC NAMES cc gcc clang REQUIRED)
set(MMSIM_PLUGINS ${CMAKE_BINARY_DIR}/plugins)
set(MMSIM_BUILT_PLUGINS "")
file(MAKE_DIRECTORY ${MMSIM_PLUGINS})

function(mmsim_plugin source)
    cmake_parse_arguments(PARSE_ARGV 1 plugin "" "AS" "")
    cmake_path(GET source STEM name)
    if(plugin_AS)
        set(name ${plugin_AS})
    endif()
    cmake_path(GET source EXTENSION extension)
    set(compiler ${MMSIM_CC} -std=c99)
    if(extension STREQUAL ".cpp")
        set(compiler ${CMAKE_CXX_COMPILER} -std=c++11)
    endif()
    set(includes ${PROJECT_SOURCE_DIR}/lib/plugin/include)
    list(TRANSFORM MMSIM_PLUGIN_HEADERS PREPEND ${includes}/mmsim/ OUTPUT_VARIABLE headers)
    add_custom_command(OUTPUT ${MMSIM_PLUGINS}/${name}.so
        COMMAND ${compiler} -O1 -Wall -Wextra -Wpedantic -Werror -shared -fPIC -I${includes}
                ${plugin_UNPARSED_ARGUMENTS}
                -o ${MMSIM_PLUGINS}/${name}.so ${PROJECT_SOURCE_DIR}/${source}
        DEPENDS ${PROJECT_SOURCE_DIR}/${source} ${headers})
    set(MMSIM_BUILT_PLUGINS ${MMSIM_BUILT_PLUGINS} ${MMSIM_PLUGINS}/${name}.so PARENT_SCOPE)
endfunction()
