"""Where results come from: from a row of a table back to voxels, parameters and versions."""
