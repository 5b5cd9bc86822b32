# SPDX-License-Identifier: GPL-2.0-or-later
# Third-party libraries: the system's package first; where there is none, the release that the hash
# names. zlib and zstd are C libraries that every system packages: those are asked for by name.
include(FetchContent)
set(CMAKE_POLICY_VERSION_MINIMUM 3.5)  # for what is fetched: CMake 4 refuses older requirements
set(FETCHCONTENT_TRY_FIND_PACKAGE_MODE OPT_IN)

set(JSON_BuildTests OFF CACHE INTERNAL "")
set(JSON_Install OFF CACHE INTERNAL "")
FetchContent_Declare(nlohmann_json
    URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
    URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
    DOWNLOAD_EXTRACT_TIMESTAMP TRUE SYSTEM
    FIND_PACKAGE_ARGS 3.11)

set(CLI11_BUILD_TESTS OFF CACHE INTERNAL "")
set(CLI11_BUILD_EXAMPLES OFF CACHE INTERNAL "")
set(CLI11_BUILD_DOCS OFF CACHE INTERNAL "")
set(CLI11_INSTALL OFF CACHE INTERNAL "")
FetchContent_Declare(CLI11
    URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
    URL_HASH SHA256=f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a
    DOWNLOAD_EXTRACT_TIMESTAMP TRUE SYSTEM
    FIND_PACKAGE_ARGS 2.1)

set(SPDLOG_BUILD_EXAMPLE OFF CACHE INTERNAL "")
set(SPDLOG_INSTALL OFF CACHE INTERNAL "")
FetchContent_Declare(spdlog
    URL https://github.com/gabime/spdlog/archive/refs/tags/v1.14.1.tar.gz
    URL_HASH SHA256=1586508029a7d0670dfcb2d97575dcdc242d3868a259742b69f100801ab4e16b
    DOWNLOAD_EXTRACT_TIMESTAMP TRUE SYSTEM
    FIND_PACKAGE_ARGS 1.10)

FetchContent_MakeAvailable(nlohmann_json CLI11 spdlog)

if(MMSIM_TESTS)
    set(DOCTEST_WITH_TESTS OFF CACHE INTERNAL "")
    set(DOCTEST_NO_INSTALL ON CACHE INTERNAL "")
    FetchContent_Declare(doctest
        URL https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
        URL_HASH SHA256=632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186
        DOWNLOAD_EXTRACT_TIMESTAMP TRUE SYSTEM
        FIND_PACKAGE_ARGS 2.4)
    FetchContent_MakeAvailable(doctest)
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_package(ZLIB)
if(NOT ZLIB_FOUND)
    message(FATAL_ERROR "mmsim reads gzip through zlib: install zlib1g-dev (Debian, Ubuntu), "
        "zlib-devel (Fedora, openSUSE) or zlib (Arch)")
endif()

# Not every distribution ships zstd's own CMake files.
find_path(MMSIM_ZSTD_INCLUDE zstd.h)
find_library(MMSIM_ZSTD_LIBRARY zstd)
mark_as_advanced(MMSIM_ZSTD_INCLUDE MMSIM_ZSTD_LIBRARY)
if(NOT MMSIM_ZSTD_INCLUDE OR NOT MMSIM_ZSTD_LIBRARY)
    message(FATAL_ERROR "mmsim reads zstd through libzstd: install libzstd-dev (Debian, Ubuntu), "
        "libzstd-devel (Fedora, openSUSE) or zstd (Arch)")
endif()
add_library(mmsim_zstd INTERFACE)
target_include_directories(mmsim_zstd SYSTEM INTERFACE ${MMSIM_ZSTD_INCLUDE})
target_link_libraries(mmsim_zstd INTERFACE ${MMSIM_ZSTD_LIBRARY})

# mmsim_uses(TARGET [json] [log] [cli] [zlib] [zstd] [dl] [threads])
#
# Links them privately, since no header of ours includes them, and precompiles the large ones.
# `log` is spdlog and the fmt that comes with it: <spdlog/fmt/fmt.h>.
function(mmsim_uses target)
    foreach(library IN LISTS ARGN)
        if(library STREQUAL "json")
            target_link_libraries(${target} PRIVATE nlohmann_json::nlohmann_json)
            target_precompile_headers(${target} PRIVATE <nlohmann/json.hpp>)
        elseif(library STREQUAL "log")
            target_link_libraries(${target} PRIVATE spdlog::spdlog)
            target_precompile_headers(${target} PRIVATE <spdlog/fmt/fmt.h>)
        elseif(library STREQUAL "cli")
            target_link_libraries(${target} PRIVATE CLI11::CLI11)
            target_precompile_headers(${target} PRIVATE <CLI/CLI.hpp>)
        elseif(library STREQUAL "zlib")
            target_link_libraries(${target} PRIVATE ZLIB::ZLIB)
        elseif(library STREQUAL "zstd")
            target_link_libraries(${target} PRIVATE mmsim_zstd)
        elseif(library STREQUAL "dl")
            target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
        elseif(library STREQUAL "threads")
            target_link_libraries(${target} PRIVATE Threads::Threads)
        else()
            message(FATAL_ERROR "${target} uses '${library}', which cmake/dependencies.cmake lacks")
        endif()
    endforeach()
endfunction()
