<?php
/**
 * The settings page, for administrators.
 */

namespace Adserver;

const PAGE = 'adserver';

function add_settings_page(): void {
	add_options_page( __( 'Ad server', 'adserver' ), __( 'Ad server', 'adserver' ), 'manage_options', PAGE, __NAMESPACE__ . '\settings_page' );
}

function settings_address(): string {
	return admin_url( 'options-general.php?page=' . PAGE );
}

function with_settings_link( $links ) {
	$link = '<a href="' . esc_url( settings_address() ) . '">' . esc_html__( 'Settings', 'adserver' ) . '</a>';
	return array_merge( array( $link ), (array) $links );
}

/** Says on the page of plugins what is still to do. */
function remind_of_settings(): void {
	$screen = get_current_screen();
	if ( ! $screen || 'plugins' !== $screen->id || ! current_user_can( 'manage_options' ) || is_set_up( options() ) ) {
		return;
	}
	printf(
		'<div class="notice notice-info"><p>%s <a href="%s">%s</a></p></div>',
		esc_html__( 'Your ad server’s plugin shows no ads yet: it does not know the ad server’s address.', 'adserver' ),
		esc_url( settings_address() ),
		esc_html__( 'Set it up', 'adserver' )
	);
}

function register_settings(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\checked',
			'default'           => DEFAULTS,
		)
	);
	foreach ( sections() as $section => list( $title, $about, $fields ) ) {
		$print_about = function () use ( $about ) {
			echo '<p>', esc_html( $about ), '</p>';
		};
		add_settings_section( $section, $title, '' === $about ? '__return_null' : $print_about, PAGE );
		foreach ( $fields as $name => list( $label, $note ) ) {
			$arguments = array(
				'name' => $name,
				'note' => $note,
			);
			if ( ! is_bool( DEFAULTS[ $name ] ) ) {
				$arguments['label_for'] = "adserver-$name";
			}
			add_settings_field( $name, $label, __NAMESPACE__ . '\settings_field', PAGE, $section, $arguments );
		}
	}
}

/** The sections: title, what they are about, and the fields, each a label and a note that explains. */
function sections(): array {
	return array(
		'server'    => array(
			__( 'Ad server', 'adserver' ),
			'',
			array(
				'base'        => array( __( 'Address', 'adserver' ), __( 'As readers reach it, such as https://ads.example', 'adserver' ) ),
				'site'        => array( __( 'Key of the site', 'adserver' ), __( 'As in the ad server’s inventory, such as demo-haber', 'adserver' ) ),
				'reserve'     => array( __( 'Keep places free', 'adserver' ), __( 'Nothing moves when an ad arrives', 'adserver' ) ),
				'count_views' => array( __( 'Count article views', 'adserver' ), __( 'For each post; [adserver_views] in a text shows how many', 'adserver' ) ),
			),
		),
		'places'    => array(
			__( 'Automatic places in articles', 'adserver' ),
			__( 'In every post. Elsewhere the block or widget “Ad slot” places a slot, or [adserver_slot name="top"] in a text.', 'adserver' ),
			array(
				'before'      => array( __( 'Slot before the article', 'adserver' ), __( 'A slot’s name; empty for none', 'adserver' ) ),
				'inside'      => array( __( 'Slot inside the article', 'adserver' ), __( 'Never beside a heading, picture or embed', 'adserver' ) ),
				'paragraph'   => array( __( 'After paragraph', 'adserver' ), __( 'A negative number counts from the end', 'adserver' ) ),
				'every'       => array( __( 'Repeat every', 'adserver' ), __( 'Paragraphs; 0 for once only', 'adserver' ) ),
				'most'        => array( __( 'At most', 'adserver' ), __( 'Ads inside one article', 'adserver' ) ),
				'least'       => array( __( 'Shortest article', 'adserver' ), __( 'In paragraphs; a shorter one has no ad inside', 'adserver' ) ),
				'after'       => array( __( 'Slot after the article', 'adserver' ), __( 'A slot’s name; empty for none', 'adserver' ) ),
				'feed'        => array( __( 'Slot in feeds', 'adserver' ), __( 'An image with its link at the end of each article', 'adserver' ) ),
				'without_ads' => array( __( 'Categories without ads', 'adserver' ), __( 'Their slugs, parted by commas: disasters, obituaries. Those below them have none either', 'adserver' ) ),
			),
		),
		'targeting' => array(
			__( 'Targeting', 'adserver' ),
			__( 'What campaigns may ask of a page.', 'adserver' ),
			array(
				'sections'   => array( __( 'Section', 'adserver' ), __( 'Sends the categories’ slugs as section', 'adserver' ) ),
				'keywords'   => array( __( 'Keywords', 'adserver' ), __( 'Sends the tags as keyword', 'adserver' ) ),
				'city_field' => array( __( 'City', 'adserver' ), __( 'The custom field that holds an article’s city', 'adserver' ) ),
			),
		),
	);
}

function settings_field( array $arguments ): void {
	$name  = $arguments['name'];
	$value = shown()[ $name ];
	$id    = "adserver-$name";
	$input = array(
		'id'   => $id,
		'name' => OPTION . "[$name]",
	) + input_attributes( $name, $value );
	if ( is_bool( $value ) ) {
		$label = '<label for="' . esc_attr( $id ) . '"><input' . attributes( $input ) . '> ';
		echo $label, esc_html( $arguments['note'] ), '</label>'; // phpcs:ignore WordPress.Security.EscapeOutput
		return;
	}
	$input += array(
		'aria-describedby' => "$id-note",
		'aria-invalid'     => is_faulty( $name ) ? 'true' : null,
	);
	echo '<input' . attributes( $input ) . '>'; // phpcs:ignore WordPress.Security.EscapeOutput
	printf( '<p class="description" id="%s-note">%s</p>', esc_attr( $id ), esc_html( $arguments['note'] ) );
}

/** What is typed or ticked for a value of its sort, not escaped. */
function input_attributes( string $name, $value ): array {
	if ( is_bool( $value ) ) {
		return array(
			'type'    => 'checkbox',
			'value'   => '1',
			'checked' => $value,
		);
	}
	if ( is_int( $value ) ) {
		return array(
			'type'  => 'number',
			'class' => 'small-text',
			'value' => $value,
			'min'   => LIMITS[ $name ][0],
			'max'   => LIMITS[ $name ][1],
		);
	}
	return array(
		'type'           => 'base' === $name ? 'url' : 'text',
		'class'          => 'regular-text code',
		'value'          => is_array( $value ) ? implode( ', ', $value ) : $value,
		'list'           => in_array( $name, SLOT_NAMES, true ) ? 'adserver-slots' : null,
		'spellcheck'     => 'false',
		'autocapitalize' => 'none',
	);
}

function settings_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
	print_state( options() );
	echo '<form action="options.php" method="post" novalidate>';
	settings_fields( PAGE );
	do_settings_sections( PAGE );
	echo '<datalist id="adserver-slots">';
	foreach ( known_slots() as $slot ) {
		echo '<option value="' . esc_attr( $slot ) . '">';
	}
	echo '</datalist>';
	submit_button();
	echo '</form></div>';
}
