# SPDX-License-Identifier: GPL-2.0-or-later
# mmsim_embed_text(TARGET NAME FILE): compiles a text into TARGET, as the function
#   std::span<const std::string_view> mmsim::NAME();
# whose pieces in a row are the file. A piece ends before a "\n## ", since no compiler has to take a
# literal of any length.
function(mmsim_embed_text target name file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} rest)
    set(source "// Made by cmake/embed_text.cmake\n#include <span>\n#include <string_view>\n")
    string(APPEND source "namespace mmsim {\n"
        "std::span<const std::string_view> ${name}();\n"
        "namespace {\nconstexpr std::string_view kPieces[] = {\n")
    while(NOT rest STREQUAL "")
        string(FIND "${rest}" "\n## " end)
        string(SUBSTRING "${rest}" 0 ${end} piece)
        if(end EQUAL -1)
            set(rest "")
        else()
            string(APPEND piece "\n")
            math(EXPR end "${end} + 1")
            string(SUBSTRING "${rest}" ${end} -1 rest)
        endif()
        string(APPEND source "R\"~~(${piece})~~\",\n")
    endwhile()
    string(APPEND source "};\n}  // namespace\n"
        "std::span<const std::string_view> ${name}() { return kPieces; }\n}  // namespace mmsim\n")
    set(made ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    set(old "")
    if(EXISTS ${made})
        file(READ ${made} old)
    endif()
    if(NOT old STREQUAL source)
        file(WRITE ${made} "${source}")
    endif()
    target_sources(${target} PRIVATE ${made})
    set_source_files_properties(${made} PROPERTIES
        SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON SKIP_LINTING ON)
endfunction()
