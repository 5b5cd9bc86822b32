# SPDX-License-Identifier: GPL-2.0-or-later
# What `cmake --install` puts in place besides the program, and the Debian package (`cpack`).
list(TRANSFORM MMSIM_PLUGIN_HEADERS PREPEND lib/plugin/include/mmsim/ OUTPUT_VARIABLE headers)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mmsim)

# Found from where the file lies, so that a tree may be moved.
set(pkgconfig ${CMAKE_INSTALL_DATAROOTDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pkgconfig} OUTPUT_VARIABLE MMSIM_PC_TO_PREFIX)
configure_file(cmake/mmsim-driver.pc.in mmsim-driver.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mmsim-driver.pc DESTINATION ${pkgconfig})

install(FILES docs/mmsim.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES apps/mmsim/completions/mmsim.bash RENAME mmsim
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
install(FILES apps/mmsim/completions/_mmsim
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions)
install(FILES apps/mmsim/completions/mmsim.fish
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mmsim)
set(CPACK_PACKAGE_CONTACT "the mmsim developers <mmsim@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "strace, pkg-config, gcc")
include(CPack)
