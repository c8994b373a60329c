#include "elementwise_kernel.h"

void lutra_install_elementwise_neon(struct lutra_ops *ops) { install_elementwise(ops); }
